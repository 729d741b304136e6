"""Wire protocols that browsers are driven over: DevTools and WebDriver BiDi."""
