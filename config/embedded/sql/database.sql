-- What every database of Standing needs before its first migration; run by the owner of the tables-to-be.
CREATE EXTENSION IF NOT EXISTS pg_trgm;        -- search while typing, typing errors included
CREATE EXTENSION IF NOT EXISTS btree_gist;     -- exclusion constraints over a key and a date range
CREATE EXTENSION IF NOT EXISTS btree_gin;      -- indexes over a key and a word
CREATE EXTENSION IF NOT EXISTS unaccent;       -- names written with and without accents
CREATE EXTENSION IF NOT EXISTS citext;         -- text compared without regard to case
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;  -- names that sound alike

-- The application's role may read and write rows of whatever the owner creates, and nothing more:
-- no TRUNCATE, no triggers, no schema.
GRANT USAGE ON SCHEMA public TO standing_app;
ALTER DEFAULT PRIVILEGES FOR ROLE standing_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO standing_app;
ALTER DEFAULT PRIVILEGES FOR ROLE standing_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO standing_app;
