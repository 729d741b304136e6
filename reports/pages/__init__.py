"""What is written for people and machines: HTML, Markdown, JUnit XML, tables."""
