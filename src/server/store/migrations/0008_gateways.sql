-- Which gateway an attempt was made at: its order may be opened anew with another.
ALTER TABLE attempts ADD COLUMN gateway TEXT NOT NULL DEFAULT 'checkout-com';
