//! What the objects mean together: rows, the tree, health, filters, edits.
