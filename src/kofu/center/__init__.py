"""証明書交付センター (広域交付サーバ): reference stand-in; keeps no certificate data."""
