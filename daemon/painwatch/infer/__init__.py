"""From a camera's frames to predictions: keypoints, face, quality, score."""
