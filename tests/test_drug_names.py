"""Which drug a name, an ATC code or an NDC means; two drugs are never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caretool.drug_names import Drug, drug_of, is_ingredient, ndc_digits
from caretool.rules import read_rules

RULES = read_rules("ingredients.toml")
PLACED = {
    f"{one} {place}" for one in RULES["places"]["ingredients"] for place in RULES["places"]["words"]
}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        # strength, salt, form and release make no other drug
        ("lisinopril 10 mg", "lisinopril"),
        ("Lisinopril 20 MG Tab", "lisinopril"),
        ("lisinopril10mg", "lisinopril"),
        ("LISINOPRIL (Lupin) 40MG", "lisinopril"),
        ("Losartán potásico 50", "losartan"),
        ("losartan potassium", "losartan"),
        ("Losartan Pot 50", "losartan"),
        ("Atorvastatin Calcium 40 mg tablets", "atorvastatin"),
        ("metoprolol tartrate 25", "metoprolol"),
        ("Metoprolol Succ ER 50", "metoprolol"),
        ("METOPROL SUC TAB 50MG ER", "metoprolol"),
        ("Metformin HCl ER 500mg", "metformin"),
        ("METFORMIN HYDROCHLO", "metformin"),
        ("metformin 500 mg w/ meals", "metformin"),
        ("dabigatran etexilate", "dabigatran"),
        ("glibenclamide", "glyburide"),
        ("HYDROCHLOROT TAB 25MG", "hydrochlorothiazide"),
        ("LEVOTHYROXIN 50 mcg", "levothyroxine"),
        ("vitamin D 1000 units", "vitamin d"),
        ("Vitamin D3 2,000 IU", "vitamin d"),
        ("vitamin d2", "vitamin d2"),
        ("vitamin B12 1000 mcg", "cyanocobalamin"),
        ("sodium valproate", "divalproex"),
        ("Potassium Cl ER 20 mEq", "potassium chloride"),
        # brands
        ("Zestril", "lisinopril"),
        ("Toprol XL 50 mg", "metoprolol"),
        ("Hyzaar 100-25", "hydrochlorothiazide+losartan"),
        ("Diovan HCT 160-12.5", "hydrochlorothiazide+valsartan"),
        ("Janumet (sitagliptin/metformin) 50-1000", "metformin+sitagliptin"),
        ("Zestril (lisinopril)", "lisinopril"),
        # combinations
        ("Lisinopril-HCTZ 20/12.5", "hydrochlorothiazide+lisinopril"),
        ("LISINOP/HCTZ TAB 20-12.5", "hydrochlorothiazide+lisinopril"),
        ("lisinopril hydrochlorothiazide", "hydrochlorothiazide+lisinopril"),
        ("Lisinopril and Hydrochlorothiazide", "hydrochlorothiazide+lisinopril"),
        ("hydrochlorothiazide w/ lisinopril", "hydrochlorothiazide+lisinopril"),
        ("amlodipine-benazepril", "amlodipine+benazepril"),
        ("amlodipine besylate + benazepril hcl", "amlodipine+benazepril"),
        ("ASA/dipyridamole", "aspirin+dipyridamole"),
        # insulins
        ("Insulin Glargine 100 unit/mL", "insulin glargine"),
        ("insulin glargine-yfgn", "insulin glargine"),
        ("Lantus SoloStar", "insulin glargine"),
        ("insulin lispro", "insulin lispro"),
        ("Humalog KwikPen", "insulin lispro"),
        ("Humalog Mix 75-25", "insulin lispro+insulin lispro protamine"),
        ("Humulin N", "insulin isophane"),
        ("HUMULIN R U-100", "insulin regular"),
        ("Humulin 70/30", "insulin isophane+insulin regular"),
        ("insulin, isophane", "insulin isophane"),
        ("Humulin", "insulin human"),
        ("insulin", "insulin"),
        ("Insulin syringe 1 mL", "insulin syringe"),
        # what acts where it is put
        ("timolol 5 mg tab", "timolol"),
        ("timolol 0.5 % ophthalmic", "timolol eye"),
        ("Timolol Maleate 0.25%", "timolol local"),
        ("Timoptic", "timolol eye"),
        ("Flonase", "fluticasone nose"),
        ("fluticasone 50 mcg nasal spray", "fluticasone nose"),
        ("fluticasone HFA 110 mcg", "fluticasone inhaled"),
        ("fluticasone 50 mcg/actuation nasal spray", "fluticasone nose"),
        ("Symbicort", "budesonide inhaled+formoterol"),
        ("budesonide-formoterol aer 160-4.5", "budesonide inhaled+formoterol"),
        ("latanoprost 0.005 % eye drops", "latanoprost"),
        # half understood is not the half that is understood
        ("amlodipine/celexyz 5-200", "amlodipine+celexyz"),
        ("celexyz-amlodipine", "amlodipine+celexyz"),
        ("amlodipine/celexyz/zzyzx", "amlodipine+celexyz+zzyzx"),
        ("celexyz/zzyzx/amlodipine", "amlodipine+celexyz+zzyzx"),
        ("Calcium 600 + D3 400", "calcium+vitamin d"),
        ("vitamin D with calcium", "calcium+vitamin d"),
        # not known
        ("Foozol 10 mg tab", "foozol"),
        ("FOOZOL HCL 20MG CAPS", "foozol"),
        ("Foozol 1 % cream", "foozol cream"),
        ("vitamin K2 100 mcg", "vitamin k2"),
        ("CoQ 10 mg", "coq"),
        ("Q10 100 mg", "q10"),
        ("sodium polystyrene sulfonate", "sodium polystyrene sulfonate"),
        ("predniso", "predniso"),
        ("Xlisinopril", "xlisinopril"),
        # nothing but strength and form
        ("10  MG", "10 mg"),
        ("tablet 10 mg", "tablet 10 mg"),
        ("", ""),
        # numbers
        ("NDC 00093-1048-01", "ndc 000931048"),
        ("0093-1048-01", "ndc 000931048"),
        ("00093104856", "ndc 000931048"),
        ("0093104801", "0093104801"),
        ("C09AA03", "lisinopril"),
        ("c09aa03", "lisinopril"),
        ("C09BA03", "C09BA03"),
    ],
)
def test_a_name_is_one_drug(name, key):
    found = drug_of(name)
    assert found.key == key
    assert drug_of(found.key).key == key


def test_a_drug_says_its_ingredients_in_order_and_an_unknown_one_says_none():
    assert drug_of("Tribenzor 40-10-25 mg") == Drug(
        "amlodipine+hydrochlorothiazide+olmesartan",
        ("amlodipine", "hydrochlorothiazide", "olmesartan"),
    )
    assert drug_of("Foozol 10 mg") == Drug("foozol", ())


@pytest.mark.parametrize(
    ("name", "atc", "key"),
    [
        ("Somebrand 5", "C09AA03", "lisinopril"),
        ("Somebrand 5", " c10 ba02", "ezetimibe+simvastatin"),
        ("Somebrand 5", "C09BA03", "C09BA03"),
        ("Somebrand 5", "C09AA", "somebrand"),
        ("Somebrand 5", "?", "somebrand"),
        ("", "C09AA03", "lisinopril"),
        # what the name says wins; the code says where it acts
        ("lisinopril", "C10AA05", "lisinopril"),
        ("timolol", "S01ED01", "timolol eye"),
        ("hydrocortisone 1", "D07AA02", "hydrocortisone skin"),
        ("timolol", "C07AA06", "timolol"),
    ],
)
def test_the_atc_code_helps_where_the_name_says_nothing(name, atc, key):
    assert drug_of(name, atc).key == key


def test_an_ndc_is_the_last_thing_to_go_by():
    assert drug_of("", "", "00093104801").key == "ndc 000931048"
    assert drug_of("Foozol", "", "00093104801").key == "foozol"
    assert drug_of("Foozol", "A01AA99", "00093104801").key == "A01AA99"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("00093-1048-01", "00093104801"),
        ("0093-1048-01", "00093104801"),
        ("50090-123-1", "50090012301"),
        ("NDC: 50090-0123", "500900123"),
        (" 00093104801 ", "00093104801"),
        ("000931048", "000931048"),
        ("0093104801", ""),
        ("93-1048-01", ""),
        ("lisinopril", ""),
        ("", ""),
    ],
)
def test_an_ndc_is_filled_up_to_five_four_and_two_digits(text, digits):
    assert ndc_digits(text) == digits


def test_a_generic_name_is_known_as_the_rules_spell_it():
    assert is_ingredient("glyburide")
    assert not is_ingredient("glibenclamide")
    assert not is_ingredient("zestril")


# What the rules say


@pytest.mark.parametrize("section", ["spellings", "brands", "atc"])
def test_every_name_of_the_rules_means_ingredients_that_are_there(section):
    known = {*RULES["ingredients"], *PLACED}
    for name, means in RULES[section].items():
        parts = means.split(" + ")
        assert set(parts) <= known, name
        assert drug_of(name).ingredients == tuple(sorted(parts)), name


def test_nothing_stands_twice_in_the_rules():
    names = RULES["ingredients"]
    assert len(names) == len(set(names))
    assert set(names).isdisjoint(RULES["spellings"])
    assert set(names).isdisjoint(RULES["brands"])
    assert set(RULES["spellings"]).isdisjoint(RULES["brands"])
    assert set(RULES["places"]["ingredients"]) <= set(names)


def test_every_ingredient_is_itself_in_any_case_and_with_a_strength():
    for name in RULES["ingredients"]:
        assert drug_of(name).ingredients == (name,)
        assert drug_of(f"{name.upper()} 5 MG TAB").ingredients == (name,)


def test_no_word_that_is_passed_over_is_a_medicine():
    words = RULES["words"]
    passed = {*words["salts"], *words["forms"], *words["units"], *words["joining"]}
    assert passed.isdisjoint(words["minerals"])
    assert passed.isdisjoint(set().union(*RULES["places"]["words"].values()))
    assert passed.isdisjoint({*RULES["ingredients"], *RULES["spellings"], *RULES["brands"]})


# Whatever it is

INGREDIENTS = st.sampled_from(sorted({*RULES["ingredients"]} - {*RULES["places"]["ingredients"]}))
WORDS = st.lists(
    st.sampled_from(["10", "mg", "20 MG", "Tab", "ER", "HCl", "tablets", "12.5mg", "(30)", "oral"]),
    max_size=5,
)


@settings(max_examples=300)
@given(st.text(), st.text(max_size=9), st.text(max_size=13))
def test_any_text_is_some_drug_and_its_key_is_that_drug(name, atc, ndc):
    key = drug_of(name, atc, ndc).key
    assert drug_of(key).key == key


PIECES = st.sampled_from(
    ["/", "+", "-", "%", ",", "(", ")", " ", " ", " and ", "5", "eye", "local", "calcium", "zzyzx",
     "foozol", "lisinopril", "timolol", "vitamin", "d", "k2", "mg", "b12", "insulin", "hydrochlo",
     "predniso", "C09AA03", "ndc", "00093-1048", "with", "ß", "\N{KELVIN SIGN}", "İ"]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(PIECES).map("".join))
def test_pieces_of_names_are_some_drug_and_its_key_is_that_drug(name):
    found = drug_of(name)
    assert drug_of(found.key) == found


@given(INGREDIENTS, WORDS, WORDS, st.randoms())
def test_case_and_the_words_around_an_ingredient_do_not_matter(name, before, after, random):
    words = [*before, name, *after]
    text = "".join(random.choice([one.upper, one.lower])() for one in " ".join(words))
    assert drug_of(text).ingredients == (name,)
    around = [*before, *after]
    random.shuffle(around)
    assert drug_of(" ".join([name, *around])).key == drug_of(text).key


@given(st.lists(INGREDIENTS, min_size=2, max_size=3, unique=True), st.sampled_from("/+&-"))
def test_a_combination_is_the_same_in_any_order_and_none_of_its_parts(names, sign):
    found = drug_of(sign.join(names))
    assert found == drug_of(sign.join(reversed(names)))
    assert found.ingredients == tuple(sorted(names))
    assert all(found.key != drug_of(one).key for one in names)
