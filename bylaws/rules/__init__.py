"""Rules of this room; importing the package registers them."""

from bylaws.rules import data_bank, dea, licence, malpractice, precautionary, supervised, term

__all__ = ["data_bank", "dea", "licence", "malpractice", "precautionary", "supervised", "term"]
