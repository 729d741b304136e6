-- An SVG document; NULL: the page draws one from the id.
ALTER TABLE art_sessions ADD COLUMN picture text;
