"""Cell texts become names: last, first, middle, suffix, or a refusal that repeats nothing."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from caretool.intake.person_names import (
    has_glued_digits,
    is_test_patient,
    name_from_parts,
    split_name,
    without_digits,
)
from caretool.model import Name
from caretool.names import fold


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("RIVERA, ANA M", Name("RIVERA", "ANA", "M")),
        ("RIVERA,ANA", Name("RIVERA", "ANA")),
        ("Rivera, Ana Maria", Name("Rivera", "Ana", "Maria")),
        ("RIVERA JR, LUIS M", Name("RIVERA", "LUIS", "M", "JR")),
        ("RIVERA, LUIS M JR", Name("RIVERA", "LUIS", "M", "JR")),
        ("Rivera, Luis, Jr.", Name("Rivera", "Luis", "", "Jr")),
        ("Rivera, Jr., Luis", Name("Rivera", "Luis", "", "Jr")),
        ("Rivera, III, Luis P", Name("Rivera", "Luis", "P", "III")),
        ("Luis M Rivera", Name("Rivera", "Luis", "M")),
        ("Luis Rivera Jr", Name("Rivera", "Luis", "", "Jr")),
        ("Luis Rivera, Jr.", Name("Rivera", "Luis", "", "Jr")),
        ("Rivera Jr", Name("Rivera", "", "", "Jr")),
        ("DE LA CRUZ, MARIA", Name("DE LA CRUZ", "MARIA")),
        ("Maria de la Cruz", Name("de la Cruz", "Maria")),
        ("Ana Maria de la Cruz", Name("de la Cruz", "Ana", "Maria")),
        ("Mary St. Clair", Name("St. Clair", "Mary")),
        ("Al Stone", Name("Stone", "Al")),
        ("DE LA CRUZ", Name("DE LA CRUZ", "")),
        ("O'BRIEN^MARY^K", Name("O'BRIEN", "MARY", "K")),
        ("O\u2019Brien-Núñez,  Zoë ", Name("O\u2019Brien-Núñez", "Zoë")),
        ("Rivera\u00a0Soto, Ana", Name("Rivera Soto", "Ana")),
        ("BABY BOY RIVERA", Name("RIVERA", "BABY", "BOY")),
        ("Rivera,", Name("Rivera", "")),
        ("Garcia Lopez,", Name("Garcia Lopez", "")),
        ("Rivera", Name("Rivera", "")),
        ("Ii, Yuki", Name("Ii", "Yuki")),
        ("Ii", Name("Ii", "")),
        ("[/b], Ana", Name("[/b]", "Ana")),
        ("Null, Jennifer", Name("Null", "Jennifer")),
        # rulebook.md section 10 and discharges.md section 4
        ("SMITH,JOHN", Name("SMITH", "JOHN")),
        ("SMITH, JOHN, JR", Name("SMITH", "JOHN", "", "JR")),
        ("SMITH, JR JOHN", Name("SMITH", "JOHN", "", "JR")),
        ("SMITH, JOHN 3RD", Name("SMITH", "JOHN", "", "III")),
        ("John Smith 2nd", Name("Smith", "John", "", "II")),
        ("SMITH SNR, JOHN", Name("SMITH", "JOHN", "", "Sr")),
        ("SMITH, BABY BOY", Name("SMITH", "BABY", "BOY")),
        ("SMITH, TWIN A", Name("SMITH", "TWIN", "A")),
        ("DOE, UNKNOWN", Name("DOE", "")),
        ("Unknown, Ana", Name("", "Ana")),
        ("OBRIEN^MARY^K^JR^MRS^MD", Name("OBRIEN", "MARY", "K", "JR")),
        ("SOTO^ANA^^^", Name("SOTO", "ANA")),
        ("GARCIA LOPEZ, MARIA", Name("GARCIA LOPEZ", "MARIA")),
        ("DE JESÚS, JOSÉ A", Name("DE JESÚS", "JOSÉ", "A")),
        ("SMITH-JONES, ANA", Name("SMITH-JONES", "ANA")),
        ("Smith  - Jones, Ana", Name("Smith-Jones", "Ana")),
        ("Ana Smith- Jones", Name("Smith-Jones", "Ana")),
        ("Smith\u2013Jones, Ana", Name("Smith-Jones", "Ana")),
        # nicknames
        ('SMITH, WILLIAM "BILL"', Name("SMITH", "WILLIAM")),
        ("Smith, William (Bill) J", Name("Smith", "William", "J")),
        ("William \u201cBill\u201d Smith", Name("Smith", "William")),
        ("Smith, William 'Bill'", Name("Smith", "William")),
        ("O'Brien, Mary D'Arcy", Name("O'Brien", "Mary", "D'Arcy")),
        ("SMITH (JONES), MARY", Name("SMITH", "MARY")),
        ("SMITH, WILLIAM (BILL", Name("SMITH", "WILLIAM")),
        ('SMITH, WILLIAM "BILL', Name("SMITH", "WILLIAM", "BILL")),
        ("(Ana)", Name("Ana", "")),
        # titles and degrees
        ("Smith, Mr. John", Name("Smith", "John")),
        ("SMITH, JOHN MR", Name("SMITH", "JOHN")),
        ("Mrs. Ana M Smith", Name("Smith", "Ana", "M")),
        ("Dr. Smith", Name("Smith", "")),
        ("Sr. Juan Soto", Name("Soto", "Juan")),
        ("Sra. Ana Soto Rivera", Name("Rivera", "Ana", "Soto")),
        ("Soto, Juan Sr.", Name("Soto", "Juan", "", "Sr")),
        ("SMITH, JOHN, MD", Name("SMITH", "JOHN")),
        ("Smith, John A., Jr., Ph.D.", Name("Smith", "John", "A.", "Jr")),
        ("John Smith, M.D.", Name("Smith", "John")),
        ("John Smith Jr, RN, BSN", Name("Smith", "John", "", "Jr")),
        ("RAHMAN, MD", Name("RAHMAN", "MD")),  # short for Mohammad
        ("RAHMAN, MD ABDUL", Name("RAHMAN", "MD", "ABDUL")),
        ("Do, Anh", Name("Do", "Anh")),
        ("Anh Do", Name("Do", "Anh")),
        ("Yang Vue, Pa", Name("Yang Vue", "Pa")),
        ("Vue, Mai, PA", Name("Vue", "Mai")),
        # unusual characters
        ("\uff32\uff29\uff36\uff25\uff32\uff21, Ana", Name("RIVERA", "Ana")),
        ("Mu\ufffdoz, Ana", Name("Mu\ufffdoz", "Ana")),
        ("Rivera\u200b, Ana\u00ad", Name("Rivera", "Ana")),
        ("#REF!, Ana", Name("", "Ana")),
    ],
)
def test_a_whole_name_is_split(text, name):
    assert split_name(text) == name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Rivera", "Ana"), Name("Rivera", "Ana")),
        (("Rivera", "Ana", "Maria", "III"), Name("Rivera", "Ana", "Maria", "III")),
        (("RIVERA JR", "LUIS M"), Name("RIVERA", "LUIS", "M", "JR")),
        (("RIVERA, JR.", "LUIS"), Name("RIVERA", "LUIS", "", "JR")),
        (("RIVERA", "LUIS JR", "", "Sr."), Name("RIVERA", "LUIS", "", "Sr")),
        (("RIVERA", "MARY ANN"), Name("RIVERA", "MARY ANN")),
        (("RIVERA", "MARY ANN K."), Name("RIVERA", "MARY ANN", "K.")),
        (("RIVERA", "MARY A", "K"), Name("RIVERA", "MARY A", "K")),
        (("RIVERA", "J"), Name("RIVERA", "J")),
        (("de la Cruz", "Maria", "NaN", "-"), Name("de la Cruz", "Maria")),
        (("RIVERA, ANA M", ""), Name("RIVERA", "ANA", "M")),
        (("", "Ana"), Name("", "Ana")),
        (("Rivera", "~"), Name("Rivera", "")),
        (("Null", "Jennifer"), Name("Null", "Jennifer")),
        (("NULL", "NAN"), Name("NULL", "NAN")),  # real names; NaN is not
        (("SMITH", "MR JOHN", "NMI"), Name("SMITH", "JOHN")),
        (("SMITH", "JOHN", "JR"), Name("SMITH", "JOHN", "", "JR")),
        (("SMITH", "JOHN", "A", "3rd"), Name("SMITH", "JOHN", "A", "III")),
        (("SMITH", "JOHN", "A", "MD"), Name("SMITH", "JOHN", "A")),
        (("SMITH", "WILLIAM (BILL)"), Name("SMITH", "WILLIAM")),
        (("SMITH^JOHN^A", ""), Name("SMITH", "JOHN", "A")),
        (("GARCIA LOPEZ", "MARIA"), Name("GARCIA LOPEZ", "MARIA")),
        (("Smith - Jones", "Ana"), Name("Smith-Jones", "Ana")),
        (("Doe", "Unknown", "X"), Name("Doe", "", "X")),
    ],
)
def test_a_name_in_columns_is_put_in_order(parts, name):
    assert name_from_parts(*parts) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "-",
        "~",
        "NaN",
        "N/A",
        ",",
        " , ,",
        "^^^",
        "Unknown",
        "Unknown, Unknown",
        "#REF!",
        "(blank)",
        "()",
        '""',
    ],
)
def test_an_empty_name_is_refused(text):
    with pytest.raises(ValueError, match="is empty"):
        split_name(text)
    with pytest.raises(ValueError, match="is empty"):
        name_from_parts(text, "")


def test_a_name_of_unusual_length_is_refused_at_once():
    for text in ("1" + " " * 100_000 + "x", "(" * 100_000, '"a ' * 30_000, "- " * 60_000):
        with pytest.raises(ValueError, match="is longer than 200 characters"):
            split_name("Rivera, " + text)


def test_what_a_file_lost_is_kept_out_of_the_comparison():
    assert fold(split_name("Mu\ufffdoz, Ana").last) == "muoz"


@pytest.mark.parametrize("odd", ["\x00", "\x07", "\x1b[31m", "\x7f", "\x9b", "\n", "\t", "\u202e"])
def test_a_name_with_control_characters_is_refused(odd):
    with pytest.raises(ValueError, match="has control characters"):
        split_name(f"Riv{odd}era, Ana")
    with pytest.raises(ValueError, match="has control characters"):
        name_from_parts("Rivera", f"An{odd}a")
    with pytest.raises(ValueError, match="has control characters"):
        name_from_parts("Rivera", "Ana", f"M{odd}M")


STOPPED = {
    "iii", "jnr", "snr", "van", "von", "del", "della", "das", "dos", "las", "los", "der", "den",
    "ter", "ten", "bin", "ibn", "san", "santa", "mrs", "miss", "dra", "prof", "rev", "sra", "srta",
    "lpn", "phd", "dds", "dmd", "dvm", "esq", "cpa", "bsn", "msn", "dnp", "fnp", "aprn", "pac",
    "lcsw", "msw", "mph", "mba", "dpm", "pharmd", "psyd", "unknown", "nan",
}  # fmt: skip
PLAIN = st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True)
WORDS = st.lists(st.sampled_from(["Ana", "de", "la", "Jr", "II", ",", "^", " ", ".", "-", "M"]))


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=30) | WORDS.map(" ".join) | WORDS.map("".join))
def test_any_text_is_a_name_or_a_value_error(text):
    for read in (split_name, lambda part: name_from_parts(part, part, part, part)):
        try:
            found = read(text)
        except ValueError:
            continue
        assert found.last or found.first
        assert all(part == part.strip() and "  " not in part for part in found)


@given(PLAIN, PLAIN)
def test_both_ways_to_write_a_plain_name_mean_the_same(first, last):
    assume(not {first.lower(), last.lower()} & STOPPED)
    assert split_name(f"{last}, {first}") == split_name(f"{first} {last}") == Name(last, first)


NASTY = st.text("()\"'\u201c\u201d,^-. JrMDabs\ufffd\u00a0\u200b\uff21", max_size=24)


@settings(max_examples=500, deadline=None)
@given(NASTY)
def test_asides_titles_and_hyphens_in_any_order_leave_a_name_or_a_value_error(text):
    for read in (split_name, lambda part: name_from_parts(part, part, part, part)):
        try:
            found = read(text)
        except ValueError:
            continue
        assert found.last or found.first
        assert all(part == part.strip() and "  " not in part for part in found)
        assert is_test_patient(found) in (True, False)


@settings(max_examples=300, deadline=None)
@given(PLAIN, PLAIN, st.sampled_from(["", "A", "Maria"]), st.sampled_from(["", "Jr", "III"]))
def test_a_name_reads_the_same_in_every_shape(first, last, middle, suffix):
    assume(not {first.lower(), last.lower()} & STOPPED)
    expected = Name(last, first, middle, suffix)
    for shape in (
        f"{last}, {first} {middle} {suffix}", f"{last} {suffix}, {first} {middle}",
        f"{last}, {first} {middle}, {suffix}", f"{first} {middle} {last} {suffix}",
        f"{first} {middle} {last}{suffix and ', '}{suffix}", f"{last}^{first}^{middle}^{suffix}",
        f"{last}, Mrs. {first} {middle} {suffix}", f'{last}, {first} "Bo" {middle} {suffix}',
        f"{last}, {first} {middle} {suffix}, MD", f"Dr. {first} {middle} {last} {suffix}",
    ):  # fmt: skip
        assert split_name(shape) == expected
    assert name_from_parts(last, first, middle, suffix) == expected
    assert name_from_parts(f"{last} {suffix}", first, middle) == expected
    assert name_from_parts(last, f"{first} {suffix}", middle) == expected


# people who are none


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ZZTEST, ANA", True), ("ZZZTEST, PATIENT", True), ("TEST, PATIENT", True),
        ("PATIENT, TEST", True), ("TEST, TEST", True), ("Test Patient", True),
        ("TEST, PATIENT ONE", True), ("TEST1, PATIENT2", True), ("TEST", True),
        ("TEST, BABY", True),
        ("DO NOT USE, THIS", True), ("ZZ-DO NOT USE, X", True), ("Smith, ZZtest", True),
        ("Test, Zack", False), ("Patient, Ana", False), ("Testa, Ana", False),
        ("Rivera, Ana", False), ("Azzam, Ana", False), ("Child, Julia", False),
    ],
)  # fmt: skip
def test_names_made_up_to_try_a_system_are_told_from_family_names(text, expected):
    assert is_test_patient(split_name(text)) is expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Maynard46", "Maynard"), ("Jose Eduardo181", "Jose Eduardo"),
        ("María7", "María"),
        ("O'Brien297", "O'Brien"), ("Smith", "Smith"), ("3M", "3M"), ("A1B", "A1B"), ("46", "46"),
        ("", ""),
    ],
)  # fmt: skip
def test_digits_glued_to_a_name_come_off_and_others_stay(text, plain):
    assert without_digits(text) == plain
    assert without_digits(plain) == plain


def test_only_a_column_where_every_name_ends_in_digits_has_them_glued():
    assert has_glued_digits(["Maynard46", "", "Jose Eduardo181", "-"])
    assert not has_glued_digits(["Maynard46", "Rivera"])
    assert not has_glued_digits(["Maynard46"])
    assert not has_glued_digits([])
