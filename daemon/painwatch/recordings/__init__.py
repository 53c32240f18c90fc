"""Faces out of recordings for a training set, found and cut as the watch finds and cuts them."""
