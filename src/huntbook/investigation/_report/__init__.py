"""What `report.html` is made of: a file for each section, and the page's own CSS and JavaScript."""
