"""Complaints: rulings, the weekly meeting, its questions and its corrective actions."""
