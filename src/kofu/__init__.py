"""kofu (交付): tax certificates at convenience-store kiosks, from the ledger to the paper."""
