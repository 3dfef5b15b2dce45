"""The figures of a page, one file for each kind; each is a `Figure`: a drawing, a finding, its numbers."""
