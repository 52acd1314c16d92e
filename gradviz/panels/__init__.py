"""The panes beside the canvas: each shows the cursor's event and moves it, and changes nothing else."""
