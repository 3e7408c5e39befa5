"""A day in progress: what `kofu up` leaves on the desks of an invented ward, made by the use cases clerks work with."""
