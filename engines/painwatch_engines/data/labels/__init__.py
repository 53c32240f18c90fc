"""From what raters, data sets and recordings say to a folder of labelled faces."""
