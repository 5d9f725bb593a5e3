"""Rules of this room; importing the package registers them."""

from bylaws.rules import data_bank, licence, precautionary, term

__all__ = ["data_bank", "licence", "precautionary", "term"]
