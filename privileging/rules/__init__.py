"""Pure judgements of privileging. Criteria belong to a requested line; they are no rules over the staff."""
