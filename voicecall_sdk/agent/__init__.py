"""Who answers callers, and what they are told and remember."""
