"""What huntbook adds to IPython: in its prompt, in Jupyter and in VS Code's notebooks alike."""
