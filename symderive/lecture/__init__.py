"""The lecture's pictures and demonstrations, made from models and their generated modules."""
