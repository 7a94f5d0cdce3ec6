"""What a person who runs this unattended needs: doctor, schedules, metrics, logs."""
