"""Small workbooks, written part by part: an xlsx, an ods and an old xls without any library."""

import io
import struct
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
STYLES = {"date": 1, "moment": 2, "time": 3, "duration": 4}
FORMATS = (0, 14, 22, 20, 46)  # the numbers of Excel's own formats, in that order


def cell(place, value, style=""):
    """One cell of an xlsx sheet: text, number, bool, or None for an error."""
    if value is None:
        return f'<c r="{place}" t="e"><v>#N/A</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    return f'<c r="{place}" s="{STYLES.get(style, 0)}"><v>{value}</v></c>'


def sheet(rows):
    """The rows of a sheet; `rows` is a dict of row number to values from column A on."""
    return "".join(
        f'<row r="{number}">'
        + "".join(
            cell(f"{chr(65 + at)}{number}", *(value if isinstance(value, tuple) else (value,)))
            for at, value in enumerate(values)
            if value != ""
        )
        + "</row>"
        for number, values in rows.items()
    )


def xlsx(sheets, hidden=()):
    """A workbook of these sheets: name to what `sheet` gives."""
    names = list(enumerate(sheets, 1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="b"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"'
            + (' state="hidden"/>' if name in hidden else "/>")
            for at, name in names
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{at}" Type="{OFFICE}/worksheet" Target="worksheets/{at}.xml"/>'
            for at, _ in names
        )
        + f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>'
        + "".join(f'<xf numFmtId="{number}"/>' for number in FORMATS)
        + "</cellXfs></styleSheet>",
    }
    for at, name in names:
        parts[f"xl/worksheets/{at}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{sheets[name]}</sheetData></worksheet>'
        )
    return zipped({path: '<?xml version="1.0"?>' + text for path, text in parts.items()})


def ods(rows):
    """An OpenDocument sheet of texts and numbers."""
    table = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{value}"/>'
            if isinstance(value, float)
            else f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{ODF}:office:1.0" xmlns:table="{ODF}:table:1.0"'
        f' xmlns:text="{ODF}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="List">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": content,
        }
    )


def xls(rows):
    """An old binary workbook (BIFF8 in a compound file) with one sheet of texts and numbers."""

    def record(kind, data):
        return struct.pack("<HH", kind, len(data)) + data

    start = struct.pack("<HHHHLL", 0x600, 0x10, 0, 0, 0, 0)
    cells = record(0x809, start)
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            place = struct.pack("<HHH", y, x, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 0) + value.encode("latin-1")
                cells += record(0x204, place + text)
            else:
                cells += record(0x203, place + struct.pack("<d", value))
    cells += record(0x0A, b"")
    style = record(0xE0, struct.pack("<HHH14x", 0, 0, 0))
    book_start = record(0x809, struct.pack("<HHHHLL", 0x600, 0x05, 0, 0, 0, 0)) + style
    length = len(book_start) + 4 + 8 + 4 + 4
    sheets = record(0x85, struct.pack("<LBBBB", length, 0, 0, 4, 0) + b"List")
    stream = (book_start + sheets + record(0x0A, b"") + cells).ljust(4096, b"\0")
    return _compound(stream)


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _compound(stream):
    """One stream named Workbook in a compound file of 512-byte sectors."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    count = -(-len(stream) // 512)
    chain = [fat_sector, end, *range(3, count + 2), end]
    fat = struct.pack("<128L", *chain, *[free] * (128 - len(chain)))
    header = struct.pack(
        "<8s16xHHHHH6xLLLLLLLLLL",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, end, 0, end, 0, 0,
    ) + struct.pack("<108L", *[free] * 108)  # fmt: skip

    def entry(name, kind, child, start, size):
        words = (name + "\0").encode("utf-16-le")
        return struct.pack(
            "<64sHBBLLL16xLQQLQ",
            words,
            len(words),
            kind,
            1,
            free,
            free,
            child,
            0,
            0,
            0,
            start,
            size,
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream))
    return header + fat + directory.ljust(512, b"\0") + stream.ljust(count * 512, b"\0")
