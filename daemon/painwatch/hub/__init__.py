"""The process that joins fusion and store: everything comes in here, and all that is known goes out from here."""
