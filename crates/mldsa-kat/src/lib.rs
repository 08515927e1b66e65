//! Known-answer tests for ML-DSA.
