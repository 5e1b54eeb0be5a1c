//! The program's words and exit codes.
