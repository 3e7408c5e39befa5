"""Everything on one machine: the arrangement of `kofu up`, its processes, and `kofu serve`."""
