//! Linux kernel module signatures: the appended format, CMS, certificates, keys and verdicts. No I/O.
