"""What judging, explaining and comparing large runs takes: CPU, time and memory."""
