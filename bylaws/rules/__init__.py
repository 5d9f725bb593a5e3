"""Rules of this room; importing the package registers them."""

from bylaws.rules import licence, term

__all__ = ["licence", "term"]
