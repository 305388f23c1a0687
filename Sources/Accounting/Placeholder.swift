// Filled by the next commits of the same change.
