"""What a recipe trains for."""
