"""3-D images and cuts through them."""
