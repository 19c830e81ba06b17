"""From a question to its answer: what every source shares."""
