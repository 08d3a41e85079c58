"""The final exam: item bank, templates over the records, blueprint, forms by seed, attempts, completion record."""
