"""What data exist: data sets, images, volumes, atlases, surfaces and pairs of sections."""
