"""`make demo`: the main job played for real, step by step, on the embedded rung."""
