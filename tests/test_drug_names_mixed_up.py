"""Names that sound or are written alike: never two drugs for one, and one under all its names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.catalogue import Catalogue
from caretool.coverage import groups
from caretool.drug_classes import load_classes
from caretool.drug_names import drug_of
from caretool.errors import RuleError
from caretool.model import Fill, Product

# From the lists of confused drug names of the ISMP and the FDA, and fixed combinations beside
# what they are made of
TWO = """
hydroxyzine 25 mg|hydralazine 25 mg, Celebrex|Celexa, Lamictal|Lamisil, metoprolol|misoprostol
glipizide|glyburide, glimepiride|glipizide, insulin glargine|insulin lispro, Lantus|Soliqua
Novolog|Novolin R, Novolog|Novolog Mix 70/30, Humalog|Humulin R, Novolin N|Novolin R
sacubitril-valsartan|valsartan, Entresto|Diovan, amlodipine|amlodipine-atorvastatin, Caduet|Lipitor
clonidine|clonazepam, bupropion|buspirone, prednisone|prednisolone, tramadol|trazodone
citalopram|escitalopram, omeprazole|esomeprazole, Zyprexa|Zyrtec, Paxil|Plavix, Actos|Actonel
Januvia|Janumet, Jardiance|Glyxambi, Farxiga|Xigduo, Zestril|Zestoretic, Cozaar|Hyzaar
Diovan|Diovan HCT, Exforge|Exforge HCT, Lotensin|Lotrel, Zocor|Vytorin, Fosamax|Fosamax Plus D
losartan pot 50|losartan pot/hctz 50-12.5, Benazep/HCTZ|benazepril, Atenol/Chlor|atenolol
Triamt/HCTZ|hctz, Amlodipine Bes/Olmesartan Med|Amlodipine Bes, amlod-valsa|valsartan
isosorbide mononitrate|isosorbide dinitrate, BiDil|hydralazine, vitamin B6|vitamin B12
hydrocodone|hydrocodone-acetaminophen, budesonide|budesonide-formoterol, nifedipine|nimodipine
metformin/glip 500-5|metformin 500, Sitaglip/Met|sitagliptin, Met/Sitaglip|sitagliptin
olmesart-aml|olmesartan, rosuvastatin|rosiglitazone, metformin|metronidazole
"""

ONE = """
lisinopril|LISINOPRIL 10MG TAB|Lisinopril Tab 10 MG|lisinopril (generic)|tab. lisinopril 10 mg
lisinopril|Lisinopril 10mg 00093-1048-01|Prinivil|Lisinopril 10 MG Oral Tablet [Prinivil]
lisinopril|lisinopril 10 mg #90|LISINOPRIL-10MG
lisinopril|LISINOPRIL 10 MG TABLET [LUP]|Lisinopril *CVS*|Lisinopril Oral Tab 10 MG (Base Equiv)
atorvastatin|Lipitor|ATORVASTATIN CALCIUM 40MG TAB|atorvastatin ca|ATORVASTAT 10
metformin|Glucophage XR|METFORMIN HCL TAB ER 24HR 500 MG|apo-metformin|metformin 500 mg/5 mL Teva
metoprolol|Toprol-XL|Metoprolol Succinate Tab ER 24HR 25 MG (Tartrate Equiv)|METOPROL TAR TAB 25MG
insulin glargine|Lantus SoloStar|Basaglar KwikPen|insulin glargine-yfgn
insulin glargine|insulin glargine,hum.rec.anlog
insulin glargine|Insulin Glargine Soln Pen-Injector 100 Unit/ML
insulin glargine|Insulin glargine 100 unit/mL (3 mL) subcutaneous pen
albuterol|Ventolin HFA|albuterol HFA 90 mcg/act aerosol Teva|ProAir
Lisinopril-HCTZ|Zestoretic|HCTZ/lisinopril|Lisinopril & Hydrochlorothiazide Tab 20-12.5 MG
valsartan/sacubitril|Entresto 24-26|sacubitril 24 mg-valsartan 26 mg tablet
glyburide|glyburide micronized|Diabeta|glibenclamide
semaglutide|OZEMPIC 2MG/3ML PEN|Ozempic 0.25 or 0.5 mg/dose
"""


@pytest.mark.parametrize(
    "pair", [pair.strip() for line in TWO.split("\n") for pair in line.split(", ") if pair]
)
def test_what_is_alike_in_name_is_not_one_drug(pair):
    one, other = pair.split("|")
    assert drug_of(one).key != drug_of(other).key


@pytest.mark.parametrize("line", ONE.strip().split("\n"))
def test_one_drug_is_the_same_under_all_its_names(line):
    assert {drug_of(name).key for name in line.split("|")} == {drug_of(line.split("|")[0]).key}


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["lisinopril", "timolol", "eye", "met", "glip", "zzyzx", "iron", "po", "ml", "10",
             "/", "+", "&", "-", " with ", " ", " "]
        )
    ).map("".join)
)  # fmt: skip
def test_a_key_is_that_drug_also_when_short_words_are_joined(name):
    found = drug_of(name)
    assert drug_of(found.key) == found


def test_alike_names_are_figures_of_their_own():
    several = ["metformin 500", "metformin/glip 500-5", "Metformin HCl ER 750", "Sitaglip/Met"]
    products = {number: Product(name) for number, name in enumerate(several)}
    found = groups(
        [Fill(739000 + number, 30, number) for number in products],
        Catalogue(products, load_classes()),
        by_class=False,
    )
    assert sorted(len(one.supplies) for one in found) == [1, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "not [ toml", "x = " + 100_000 * "[", "x = " + 10_000 * "9", "class = 1", "[class]\nx = 1",
        '[[class]]\ncode = "x"\nlabel = "X"\nsource = "me"\nndc = ["500900123"]\nthreshold = nan',
    ],
)  # fmt: skip
def test_whatever_is_wrong_with_a_practices_own_classes_is_told(text, tmp_path):
    own = tmp_path / "drug-classes.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"drug-classes\.toml"):
        load_classes(own)
    own.write_bytes(text.encode("utf-16"))
    with pytest.raises(RuleError, match="UTF-8"):
        load_classes(own)


def test_a_practices_own_classes_may_begin_with_the_mark_of_an_editor(tmp_path):
    own = tmp_path / "drug-classes.toml"
    text = '[[class]]\ncode = "x"\nlabel = "X"\nsource = "me"\ningredients = ["foozol"]\n'
    own.write_text(text, encoding="utf-8-sig")
    assert load_classes(own).of(Product("Foozol 10 mg")) == "x"
