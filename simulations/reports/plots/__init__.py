"""Plots of a study as SVG that takes its colours and fonts from the page around it."""
