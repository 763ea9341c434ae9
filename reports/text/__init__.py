"""From values to text: sentences in a language, numbers, names of statistics, what an attacker holds."""
