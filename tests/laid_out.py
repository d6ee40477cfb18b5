"""A list opened and laid out as an import does it, without a care file."""

from __future__ import annotations

from caretool.intake.layout import known_header, map_columns, settle_claims
from caretool.intake.opening import open_listings
from caretool.intake.survey import survey


def laid_out(body, kind, *, today, declared=None, saved=None, name="list.csv"):
    """The list in these bytes, and its layout as worked out."""
    body = body if isinstance(body, bytes) else body.encode()
    (listing,) = open_listings(body, name=name, known=known_header(kind))
    layout = map_columns(listing.header, kind, file=name, line=listing.header_line)
    layout, _ = settle_claims(listing, layout)
    found = survey(listing, layout, declared=declared, saved=saved or {}, today=today)
    return listing, found.layout
