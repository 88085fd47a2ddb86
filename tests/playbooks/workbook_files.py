"""Make small Excel files, sound and hostile, part by part."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

__all__ = ["a_sheet", "a_workbook", "an_archive"]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def a_sheet(rows: Sequence[Sequence[str]], *, raw: Mapping[str, str] = {}, merged: str = "") -> str:
    """A sheet whose cells hold these texts; `raw` has the XML of single cells, by reference."""
    lines = []
    for line, row in enumerate(rows, 1):
        cells = []
        for place, text in enumerate(row):
            name = f"{chr(65 + place)}{line}"
            inline = f'<c r="{name}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            cells.append(raw.get(name, inline if text else ""))
        lines.append(f'<row r="{line}">{"".join(cells)}</row>')
    merges = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{merges}</worksheet>'


def a_workbook(
    sheets: Mapping[str, str], *, strings: Sequence[str] = (), more: Mapping[str, bytes] = {}
) -> bytes:
    """An Excel file with these sheets, by name; `more` has parts that are added or replaced."""
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    shared = f'<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    items = "".join(f"<si>{text}</si>" for text in strings)
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}{shared}'
        "</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{items}</sst>',
        **{f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets.values(), 1)},
    }
    return an_archive({**{name: text.encode() for name, text in parts.items()}, **more})


def an_archive(parts: Mapping[str, bytes]) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()
