"""How things are shown: the parts of the template library ``standing``. Nothing here reads the database."""
