"""Random models and mutated texts, sent through the whole house."""
