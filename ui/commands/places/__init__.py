"""Commands on lone patches and pairs of stains."""
