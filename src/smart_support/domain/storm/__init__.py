"""Storms: many tickets of one cause, noticed while they come in."""
