//! Sanitising and measuring text from outside.
