"""日次連携: feeds taken in, judged, held, activated; generations, and years erased."""
