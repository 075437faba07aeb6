"""Speed of the pipeline beside other engines, in one run on the same cores and broker: ``make bench``."""
