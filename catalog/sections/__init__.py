"""Sections: 2-D images of tissue with a pixel size, and windows of them."""
