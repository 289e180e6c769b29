"""A report as one HTML file: no script, nothing loaded, a time line and a map as inline SVG."""
