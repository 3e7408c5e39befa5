"""賦課: assessments and statements taken in and registered as 調定."""
